mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  names          = { staging = "s", vault = "v", media = "m" }
  allowed_origin = "https://shop.example"
  role_arns = {
    api    = "arn:aws:iam::123456789012:role/api"
    render = "arn:aws:iam::123456789012:role/render"
    sweep  = "arn:aws:iam::123456789012:role/sweep"
  }
  media_policy_json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
}

run "every_bucket_is_closed" {
  assert {
    condition = alltrue([for block in aws_s3_bucket_public_access_block.this :
    block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "Nothing is public."
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_policy.this)) == toset(["staging", "vault", "media"])
    error_message = "Every bucket has a policy."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy == false])
    error_message = "Files are not thrown away with the stack, unless it is asked for."
  }
}

run "staging_is_versioned_and_so_is_the_vault" {
  assert {
    condition     = alltrue([for key in ["staging", "vault"] : aws_s3_bucket_versioning.this[key].versioning_configuration[0].status == "Enabled"])
    error_message = "Confirm pins versions: without them it cannot."
  }
}

run "nothing_in_the_vault_expires_by_age" {
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.vault.rule : length(rule.expiration) == 0 || coalesce(one(rule.expiration[*].days), 0) == 0])
    error_message = "An admitted file has no age at which it dies."
  }
}

run "browsers_of_one_origin" {
  assert {
    condition = alltrue(flatten([for cors in [aws_s3_bucket_cors_configuration.staging, aws_s3_bucket_cors_configuration.vault] :
    [for rule in cors.cors_rule : rule.allowed_origins == toset(["https://shop.example"]) && contains(rule.expose_headers, "ETag")]]))
    error_message = "Exactly our origin, and it sees the ETag."
  }
}

run "only_renderers_publish" {
  assert {
    condition = one(one(data.aws_iam_policy_document.media.statement).condition).values == tolist([
      "arn:aws:iam::123456789012:role/render", "arn:aws:sts::123456789012:assumed-role/render/*",
      "arn:aws:iam::123456789012:role/sweep", "arn:aws:sts::123456789012:assumed-role/sweep/*",
    ])
    error_message = "A role and its sessions are named, as IAM names them."
  }
}

run "a_stage_can_be_destroyed" {
  assert {
    condition = alltrue(flatten([for document in concat(values(data.aws_iam_policy_document.every), [data.aws_iam_policy_document.staging, data.aws_iam_policy_document.vault, data.aws_iam_policy_document.media]) :
      [for statement in document.statement : one(statement.condition).test != "ArnNotLike" || statement.actions == toset(["s3:PutObject"])]
    ]))
    error_message = "The operator who destroys is none of our roles, and must be able to empty a bucket."
  }
}
