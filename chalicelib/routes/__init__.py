"""One blueprint per noun. A view parses, calls one function, and answers."""

from .deliverables import deliverables
from .images import images
from .products import products
from .service import service

BLUEPRINTS = (service, products, images, deliverables)
