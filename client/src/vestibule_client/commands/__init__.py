"""The command `vestibule`: one module for each of its commands, loaded when it is used."""
