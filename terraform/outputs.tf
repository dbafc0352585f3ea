output "api_url" {
  description = "Base URL of the API."
  value       = module.service.url
}

output "rest_api_id" {
  description = "Id of the API."
  value       = module.service.rest_api_id
}

output "region" {
  description = "Region of the stage."
  value       = var.region
}

output "user_pool_id" {
  description = "Id of the user pool to sign in to."
  value       = module.identity.user_pool_id
}

output "user_pool_client_id" {
  description = "Id of the client that the frontend signs in with."
  value       = module.identity.client_id
}

output "user_pool_domain" {
  description = "Domain of Cognito's hosted pages."
  value       = module.identity.domain
}

output "media_url" {
  description = "Base URL of public renditions."
  value       = module.cdn.url
}

output "buckets" {
  description = "Names of the buckets, by role."
  value       = module.buckets.names
}

output "table" {
  description = "Name of the table."
  value       = module.table.name
}

output "alarm_topic" {
  description = "Topic that alarms are sent to."
  value       = module.monitoring.topic_arn
}

output "allowed_origin" {
  description = "The only origin that browsers may call from."
  value       = local.allowed_origin
}

output "site_url" {
  description = "Where the seller's page is; null without it. It works once allowed_origin is the same."
  value       = one(module.site[*].url)
}

output "site_bucket" {
  description = "Name of the bucket that the built page is put into; null without it."
  value       = one(module.site[*].bucket)
}

output "site_distribution_id" {
  description = "Id of the distribution of the page; null without it."
  value       = one(module.site[*].distribution_id)
}
