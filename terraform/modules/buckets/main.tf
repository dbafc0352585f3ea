locals {
  bucket_arns = { for role, bucket in aws_s3_bucket.this : role => bucket.arn }
  versioned   = toset(["staging", "vault"])

  # A function is named by its role, and by the sessions of it: to AWS a session's principal is its role; the emulator,
  # which proves these refusals, gives the session.
  principals = { for name, role in var.role_arns : name => [
    role,
    "${replace(replace(role, ":iam:", ":sts:"), ":role/", ":assumed-role/")}/*",
  ] }

  # Forms live 15 minutes; a minute more is for clocks that differ.
  max_signature_age_ms = 16 * 60 * 1000
}

resource "aws_s3_bucket" "this" {
  for_each = var.names

  bucket        = each.value
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

# Staging: confirm pins the version that it verified. Vault: a deleted original can be brought back.
resource "aws_s3_bucket_versioning" "this" {
  for_each = local.versioned

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_cors_configuration" "staging" {
  bucket = aws_s3_bucket.this["staging"].id

  cors_rule {
    allowed_methods = ["POST"]
    allowed_origins = [var.allowed_origin]
    allowed_headers = ["content-type", "x-amz-*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
}

# Parts of a multipart upload are PUT here, and downloads come from here.
resource "aws_s3_bucket_cors_configuration" "vault" {
  bucket = aws_s3_bucket.this["vault"].id

  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = [var.allowed_origin]
    allowed_headers = ["content-type", "x-amz-*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = data.aws_iam_policy_document.this[each.key].json

  # S3 refuses a policy while it still checks whether the bucket may have a public one.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
