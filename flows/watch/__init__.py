"""The watch (值守): probes of the installation, and who is told of what they find."""
