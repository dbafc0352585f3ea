"""Programs for developers. Nothing here ships."""
