"""Texts (文案): templates rendered in the installation's language, and numbers read aloud."""
