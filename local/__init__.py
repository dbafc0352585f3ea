"""The whole service on one machine: emulator, bootstrap, token check, demo. Nothing here ships."""
