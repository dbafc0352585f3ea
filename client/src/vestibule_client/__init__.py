"""The client of Vestibule, the upload service of a shop for digital products.

`session` knows who one is, `api.Api` speaks to the service, `upload.upload` puts a file on a product, and
`download.download` gets it back. Importing this loads none of them.
"""

__version__ = "0.1.0"
