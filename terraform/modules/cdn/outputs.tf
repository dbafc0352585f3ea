output "distribution_arn" {
  description = "ARN of the distribution."
  value       = aws_cloudfront_distribution.this.arn
}

output "domain_name" {
  description = "CloudFront's host name: what a DNS record of an alias points to."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "url" {
  description = "Where renditions are found, without a slash at the end: under the first alias, or CloudFront's own name."
  value       = "https://${length(var.aliases) > 0 ? var.aliases[0] : aws_cloudfront_distribution.this.domain_name}"
}

output "bucket_policy_statement" {
  description = "JSON policy that lets this distribution read the media bucket: one of the bucket policy's source documents."
  value       = data.aws_iam_policy_document.this.json
}
