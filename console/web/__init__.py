"""The pages (网页): public notices, the reviewers' desk, status and health."""
