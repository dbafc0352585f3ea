output "names" {
  description = "Names of the buckets, by role, once they exist."
  value       = { for role, bucket in aws_s3_bucket.this : role => bucket.id }
}

output "arns" {
  description = "ARNs of the buckets, by role."
  value       = local.bucket_arns
}

output "media" {
  description = "The media bucket, as the CDN wants it."
  value = {
    id                   = aws_s3_bucket.this["media"].id
    arn                  = aws_s3_bucket.this["media"].arn
    regional_domain_name = aws_s3_bucket.this["media"].bucket_regional_domain_name
  }
}

output "urls" {
  description = "Where browsers reach the buckets, by role: on the regional host, which the API signs for."
  value       = { for role, bucket in aws_s3_bucket.this : role => "https://${bucket.bucket_regional_domain_name}" }
}
