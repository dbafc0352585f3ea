locals {
  # The one place of what the page is served with: `make dev` sends the same, read from the same file.
  headers = jsondecode(file("${path.module}/headers.json"))

  origins = { for name, url in var.places : name => regex("^https://[^/]+", url) }

  # Each source once, and each placeholder by its origin. HCL's maps are sorted by name.
  directives = { for name, sources in local.headers.content_security_policy : name => distinct([
    for source in sources : startswith(source, "{") ? local.origins[trim(source, "{}")] : source
  ]) }

  content_security_policy = join("; ", [for name, sources in local.directives : "${name} ${join(" ", sources)}"])
}

resource "aws_cloudfront_distribution" "this" {
  comment             = "${var.prefix}: the seller's page"
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  aliases             = var.aliases
  default_root_object = "index.html"
  web_acl_id          = var.web_acl_arn

  origin {
    origin_id                = "site"
    domain_name              = aws_s3_bucket.this.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  default_cache_behavior {
    target_origin_id           = "site"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.this.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
  }

  # What is not there is there after the next deployment. S3 says 403 for it, as CloudFront may not list.
  dynamic "custom_error_response" {
    for_each = [403, 404]

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 5
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  # CloudFront's own certificate allows no choice of protocol: AWS would answer TLSv1 whatever is set here.
  viewer_certificate {
    cloudfront_default_certificate = var.certificate_arn == null
    acm_certificate_arn            = var.certificate_arn
    minimum_protocol_version       = var.certificate_arn == null ? null : "TLSv1.2_2021"
    ssl_support_method             = var.certificate_arn == null ? null : "sni-only"
  }
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = "${var.prefix}-site"
  description                       = "Reads the private bucket of the page."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# How long is said by each object's own Cache-Control; the least is 0, so that no-cache is obeyed by the edge as well.
resource "aws_cloudfront_cache_policy" "this" {
  name        = "${var.prefix}-site"
  comment     = "As the objects say, and the path alone is the key."
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "none"
    }

    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  name    = "${var.prefix}-site"
  comment = "A page of scripts and styles of its own, which calls the stack and nobody else."

  security_headers_config {
    content_security_policy {
      content_security_policy = local.content_security_policy
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = local.headers.referrer_policy
      override        = true
    }

    # For this host only: what lies beside it is not this module's to promise for.
    strict_transport_security {
      access_control_max_age_sec = local.headers.strict_transport_security_seconds
      include_subdomains         = false
      override                   = true
    }
  }

  custom_headers_config {
    dynamic "items" {
      for_each = local.headers.custom

      content {
        header   = items.key
        value    = items.value
        override = true
      }
    }
  }
}
