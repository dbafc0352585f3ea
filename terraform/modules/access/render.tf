data "aws_iam_policy_document" "render" {
  # PutItem leaves the sweep a reminder of an image that could not be rendered yet.
  statement {
    sid       = "Rows"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [var.table_arn]
  }

  statement {
    sid       = "Original"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.vault}/images/*"]
  }

  statement {
    sid       = "Renditions"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket_arns.media}/*"]
  }
}
