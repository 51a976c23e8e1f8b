"""The kernel's comm as a transport: connections, the sender thread, and the renewal of tickets."""
