"""The protocol between a hub and its viewers: messages, their text form and the binary envelope."""
