stage          = "dev"
region         = "eu-central-1"
allowed_origin = "http://localhost:5173"

# site = true # the seller's page too, at a CloudFront address: docs/operations.md has how it becomes the allowed origin

# Nothing of worth is here: it may be thrown away.
protect = false
