"""Hand records over to a stick or a collector, each exactly once."""
