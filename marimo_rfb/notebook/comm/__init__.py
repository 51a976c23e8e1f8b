"""The kernel's comm as a transport: connections, the thread that sends, and the tickets of pages."""
