stage          = "dev"
region         = "eu-central-1"
allowed_origin = "http://localhost:5173"

# Nothing of worth is here: it may be thrown away.
protect = false
