"""`make demo`: the service on this machine, used as a seller uses it, over HTTP."""
