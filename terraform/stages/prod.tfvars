stage          = "prod"
region         = "eu-central-1"
allowed_origin = "https://shop.example" # your shop
