"""The command `supplychain`."""
