output "url" {
  description = "Where the page is found, without a slash at the end, and so its origin: under the first alias, or CloudFront's own name."
  value       = "https://${length(var.aliases) > 0 ? var.aliases[0] : aws_cloudfront_distribution.this.domain_name}"
}

output "domain_name" {
  description = "CloudFront's host name: what a DNS record of an alias points to."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "bucket" {
  description = "Name of the bucket that the built page is put into."
  value       = aws_s3_bucket.this.id
}

output "distribution_id" {
  description = "Id of the distribution, to invalidate what changed."
  value       = aws_cloudfront_distribution.this.id
}
