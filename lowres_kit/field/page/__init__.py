"""The status page: who may see it, what it says, and the server that sends it."""
