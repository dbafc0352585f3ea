provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Application = "vestibule"
      Stage       = var.stage
    }
  }
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  prefix    = "vestibule-${var.stage}"
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition

  # Bucket names are global; the account's number makes ours unique, and hard to squat on.
  bucket_names = { for role in ["staging", "vault", "media"] : role => "${local.prefix}-${role}-${local.account}" }
  bucket_arns  = { for role, name in local.bucket_names : role => "arn:${local.partition}:s3:::${name}" }

  # Roles and bucket policies name each other; names made here keep that from being a circle.
  api_role_arn = "arn:${local.partition}:iam::${local.account}:role/${local.prefix}-api"
  logs_arn     = "arn:${local.partition}:logs:${var.region}:${local.account}:log-group"
}

module "buckets" {
  source = "./modules/buckets"

  names             = local.bucket_names
  allowed_origin    = var.allowed_origin
  issuing_role_arn  = local.api_role_arn
  media_policy_json = module.cdn.bucket_policy_statement
  kms_key_arn       = var.kms_key_arn
  force_destroy     = !var.protect
}

module "table" {
  source = "./modules/table"

  name                = local.prefix
  deletion_protection = var.protect
  kms_key_arn         = var.kms_key_arn
}

module "identity" {
  source = "./modules/identity"

  prefix              = local.prefix
  domain_prefix       = "${local.prefix}-${local.account}"
  self_sign_up        = var.self_sign_up
  password_auth       = var.password_auth
  callback_urls       = var.callback_urls
  logout_urls         = var.logout_urls
  deletion_protection = var.protect
}

module "access" {
  source = "./modules/access"

  prefix               = local.prefix
  table_arn            = module.table.arn
  staging_bucket_arn   = local.bucket_arns["staging"]
  vault_bucket_arn     = local.bucket_arns["vault"]
  log_group_arn_prefix = "${local.logs_arn}:/aws/lambda/${local.prefix}"
  kms_key_arn          = var.kms_key_arn
}

module "cdn" {
  source = "./modules/cdn"

  prefix          = local.prefix
  media_bucket    = module.buckets.media
  aliases         = var.media_domain == null ? [] : [var.media_domain.name]
  certificate_arn = try(var.media_domain.certificate_arn, null)
}

module "service" {
  source = "./service"

  prefix                     = local.prefix
  api_stage                  = var.stage
  api_role_arn               = module.access.api_role_arn
  table                      = module.table.name
  staging_bucket             = module.buckets.names["staging"]
  vault_bucket               = module.buckets.names["vault"]
  user_pool_arn              = module.identity.user_pool_arn
  user_pool_client_id        = module.identity.client_id
  allowed_origin             = var.allowed_origin
  s3_addressing_style        = var.s3_addressing_style
  quota_bytes                = var.quota_bytes
  max_deliverable_bytes      = var.max_deliverable_bytes
  recovery_days              = var.recovery_days
  log_retention_days         = var.log_retention_days
  access_logs                = var.access_logs
  domain_name                = try(var.api_domain.name, null)
  certificate_arn            = try(var.api_domain.certificate_arn, null)
  waf_requests_per_5_minutes = var.waf_requests_per_5_minutes
}

module "monitoring" {
  source = "./modules/monitoring"

  prefix         = local.prefix
  api_name       = local.prefix
  api_stage      = var.stage
  functions      = module.service.functions
  table_name     = module.table.name
  staging_bucket = module.buckets.names["staging"]
  alarm_email    = var.alarm_email
}
