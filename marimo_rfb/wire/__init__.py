"""The protocol between a hub and its viewers: messages, their JSON codec and the binary envelope."""
