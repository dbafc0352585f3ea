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
  site_bucket  = "${local.prefix}-site-${local.account}"
  bucket_arns  = { for role, name in local.bucket_names : role => "arn:${local.partition}:s3:::${name}" }

  # Not the site's own URL: what calls the API is named in it, and the API is named in the site's policy.
  allowed_origin = var.allowed_origin != null ? var.allowed_origin : "https://${var.site_domain.name}"

  # Roles and bucket policies name each other; names made here keep that from being a circle.
  role_arns = { for function in ["api", "render", "sweep"] : function => "arn:${local.partition}:iam::${local.account}:role/${local.prefix}-${function}" }
  logs_arn  = "arn:${local.partition}:logs:${var.region}:${local.account}:log-group"
}

module "buckets" {
  source = "./modules/buckets"

  names             = local.bucket_names
  allowed_origin    = local.allowed_origin
  role_arns         = local.role_arns
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
  bucket_arns          = local.bucket_arns
  log_group_arn_prefix = "${local.logs_arn}:/aws/lambda/${local.prefix}"
  kms_key_arn          = var.kms_key_arn
  xray                 = var.xray
}

module "cdn" {
  source = "./modules/cdn"

  prefix          = local.prefix
  media_bucket    = module.buckets.media
  aliases         = var.media_domain == null ? [] : [var.media_domain.name]
  certificate_arn = try(var.media_domain.certificate_arn, null)
}

module "site" {
  source = "./modules/site"
  count  = var.site ? 1 : 0

  prefix          = local.prefix
  bucket_name     = local.site_bucket
  aliases         = var.site_domain == null ? [] : [var.site_domain.name]
  certificate_arn = try(var.site_domain.certificate_arn, null)

  places = {
    api     = module.service.url
    cognito = "https://cognito-idp.${var.region}.${data.aws_partition.this.dns_suffix}"
    staging = module.buckets.urls["staging"]
    vault   = module.buckets.urls["vault"]
    media   = module.cdn.url
  }
}

module "service" {
  source = "./service"

  prefix                     = local.prefix
  api_stage                  = var.stage
  api_role_arn               = module.access.role_arns["api"]
  render_role_arn            = module.access.role_arns["render"]
  sweep_role_arn             = module.access.role_arns["sweep"]
  table                      = module.table.name
  staging_bucket             = module.buckets.names["staging"]
  vault_bucket               = module.buckets.names["vault"]
  media_bucket               = module.buckets.names["media"]
  media_url                  = module.cdn.url
  user_pool_arn              = module.identity.user_pool_arn
  user_pool_client_id        = module.identity.client_id
  allowed_origin             = local.allowed_origin
  s3_addressing_style        = var.s3_addressing_style
  quota_bytes                = var.quota_bytes
  max_deliverable_bytes      = var.max_deliverable_bytes
  recovery_days              = var.recovery_days
  render_avif                = var.render_avif
  sweep_report_only          = var.sweep_report_only
  sweep_max_deletions        = var.sweep_max_deletions
  sweep_monthly_in_full      = var.sweep_monthly_in_full
  log_retention_days         = var.log_retention_days
  access_logs                = var.access_logs
  xray                       = var.xray
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
  sweep_function = module.service.sweep_function
  table_name     = module.table.name
  staging_bucket = module.buckets.names["staging"]
  alarm_email    = var.alarm_email
}
