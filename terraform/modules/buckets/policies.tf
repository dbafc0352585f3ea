data "aws_iam_policy_document" "this" {
  for_each = var.names

  source_policy_documents = compact([
    data.aws_iam_policy_document.every[each.key].json,
    each.key == "staging" ? data.aws_iam_policy_document.staging.json : null,
    each.key == "vault" ? data.aws_iam_policy_document.vault.json : null,
    each.key == "media" ? data.aws_iam_policy_document.media.json : null,
    each.key == "media" ? var.media_policy_json : null,
  ])
}

data "aws_iam_policy_document" "every" {
  for_each = var.names

  statement {
    sid       = "OnlyTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arns[each.key], "${local.bucket_arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # However long somebody signs a URL for, it ends here.
  statement {
    sid       = "NoOldSignatures"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["${local.bucket_arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericGreaterThan"
      variable = "s3:signatureAge"
      values   = [local.max_signature_age_ms]
    }
  }

  # A key of the client's own would lock us out of what it sent.
  statement {
    sid       = "NoClientKeys"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-customer-algorithm"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "staging" {
  # The claims of a staged object are believed because nobody else can write them.
  statement {
    sid       = "OnlyTheIssuerWrites"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns["staging"]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotLike"
      variable = "aws:PrincipalArn"
      values   = local.principals["api"]
    }
  }
}

data "aws_iam_policy_document" "vault" {
  # Images come in by copy only. A URL signed for them by mistake is worth nothing.
  statement {
    sid       = "NoSignedWritesOfImages"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns["vault"]}/images/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "s3:authType"
      values   = ["REST-QUERY-STRING", "POST"]
    }
  }

  # Whatever these two are allowed some day: what was admitted is deleted by the sweep, which asks the row first. Not a
  # refusal of everybody else, because `terraform destroy` of a stage that may be thrown away empties the bucket.
  statement {
    sid       = "NeitherAPINorRenderDeletes"
    effect    = "Deny"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = ["${local.bucket_arns["vault"]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = concat(local.principals["api"], local.principals["render"])
    }
  }
}

data "aws_iam_policy_document" "media" {
  # What everybody sees is what we have rendered, and nothing else.
  statement {
    sid       = "OnlyRenderersWrite"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns["media"]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotLike"
      variable = "aws:PrincipalArn"
      values   = concat(local.principals["render"], local.principals["sweep"])
    }
  }
}
