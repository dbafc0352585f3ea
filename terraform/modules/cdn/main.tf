resource "aws_cloudfront_distribution" "this" {
  comment         = "${var.prefix}: public renditions"
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.price_class
  aliases         = var.aliases
  web_acl_id      = var.web_acl_arn

  origin {
    origin_id                = "media"
    domain_name              = var.media_bucket.regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  default_cache_behavior {
    target_origin_id           = "media"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.this.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
  }

  # A rendition may be asked for a moment before it is made. S3 says 403 for what is not there, as CloudFront may not list.
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
  name                              = "${var.prefix}-media"
  description                       = "Reads the private media bucket."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# Browsers keep a rendition as long as its own Cache-Control says. The edge asks again after a week at most, so that a
# deleted image is gone everywhere well within the 30 days after which its files are purged.
resource "aws_cloudfront_cache_policy" "this" {
  name        = "${var.prefix}-media"
  comment     = "Long, and the path alone is the key."
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 604800

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

# Should anything but an image ever be served here, a browser must neither guess its type nor run it.
resource "aws_cloudfront_response_headers_policy" "this" {
  name    = "${var.prefix}-media"
  comment = "Nothing served here is a page."

  security_headers_config {
    content_security_policy {
      content_security_policy = "default-src 'none'; sandbox"
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    # No preload: that is a promise for a whole registrable domain, and not this module's to make.
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      override                   = true
    }
  }

  # The shop's pages are of another site, and may show the images.
  custom_headers_config {
    items {
      header   = "Cross-Origin-Resource-Policy"
      value    = "cross-origin"
      override = true
    }
  }
}

# For the bucket's owner to merge: two aws_s3_bucket_policy on one bucket would undo each other.
data "aws_iam_policy_document" "this" {
  statement {
    sid       = "ReadByDistribution"
    actions   = ["s3:GetObject"]
    resources = ["${var.media_bucket.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    # Without it any distribution, of any account, could read the bucket.
    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }
}
