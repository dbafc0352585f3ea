"""What AWS asks of whoever calls it: credentials, addresses and signatures. Nothing here knows the service."""
