mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  prefix               = "vestibule-dev"
  table_arn            = "arn:aws:dynamodb:eu-central-1:123456789012:table/vestibule-dev"
  staging_bucket_arn   = "arn:aws:s3:::staging"
  vault_bucket_arn     = "arn:aws:s3:::vault"
  log_group_arn_prefix = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/vestibule-dev"
}

run "no_permission_is_for_everything" {
  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.api.statement :
    [for action in statement.actions : !strcontains(action, "*")]]))
    error_message = "Every action is named."
  }

  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.api.statement :
    [for resource in statement.resources : startswith(resource, "arn:aws:")]]))
    error_message = "Every resource is named."
  }
}

run "the_api_deletes_nothing_in_the_vault" {
  assert {
    condition = alltrue([for statement in data.aws_iam_policy_document.api.statement :
    !contains(statement.actions, "s3:DeleteObject") || alltrue([for resource in statement.resources : resource == "arn:aws:s3:::staging/u/*"])])
    error_message = "What was admitted is not the API's to delete."
  }
}

run "the_name_is_the_one_that_bucket_policies_expect" {
  assert {
    condition     = aws_iam_role.api.name == "vestibule-dev-api"
    error_message = "modules/buckets lets only this role write to staging, by its name."
  }
}

run "a_key_of_ones_own_may_be_used" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  }

  assert {
    condition     = contains([for statement in data.aws_iam_policy_document.api.statement : statement.sid], "Encrypted")
    error_message = "An encrypted bucket is of no use without the key."
  }
}
