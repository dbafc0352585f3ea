mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  prefix               = "vestibule-dev"
  table_arn            = "arn:aws:dynamodb:eu-central-1:123456789012:table/vestibule-dev"
  bucket_arns          = { staging = "arn:aws:s3:::staging", vault = "arn:aws:s3:::vault", media = "arn:aws:s3:::media" }
  log_group_arn_prefix = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/vestibule-dev"
}

run "no_permission_is_for_everything" {
  assert {
    condition = alltrue(flatten([for document in concat(values(data.aws_iam_policy_document.every), [data.aws_iam_policy_document.api, data.aws_iam_policy_document.render, data.aws_iam_policy_document.sweep]) :
    [for statement in document.statement : [for action in statement.actions : !strcontains(action, "*")]]]))
    error_message = "Every action is named."
  }

  assert {
    condition = alltrue(flatten([for document in concat(values(data.aws_iam_policy_document.every), [data.aws_iam_policy_document.api, data.aws_iam_policy_document.render, data.aws_iam_policy_document.sweep]) :
    [for statement in document.statement : [for resource in statement.resources : startswith(resource, "arn:aws:")]]]))
    error_message = "Every resource is named."
  }
}

run "a_function_logs_to_its_own_group_only" {
  assert {
    condition = alltrue([for name, document in data.aws_iam_policy_document.every :
    one(document.statement).resources == toset(["${var.log_group_arn_prefix}-${name}:*"])])
    error_message = "A function may write into another's log."
  }
}

run "only_the_sweep_deletes_in_the_vault" {
  assert {
    condition = alltrue([for statement in concat(data.aws_iam_policy_document.api.statement, data.aws_iam_policy_document.render.statement) :
    !contains(statement.actions, "s3:DeleteObject") || alltrue([for resource in statement.resources : startswith(resource, "arn:aws:s3:::staging/")])])
    error_message = "What was admitted is not the API's to delete, nor the renderer's."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.sweep.statement : !contains(statement.actions, "s3:DeleteObjectVersion")])
    error_message = "What the sweep deletes can be brought back."
  }
}

run "what_decodes_strangers_images_reaches_neither_deliverables_nor_staging" {
  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.render.statement :
    [for resource in statement.resources : contains([var.table_arn, "arn:aws:s3:::vault/images/*", "arn:aws:s3:::media/*"], resource)]]))
    error_message = "The renderer reads images of the vault and writes media, and no more."
  }
}

run "names_are_those_that_bucket_policies_expect" {
  assert {
    condition     = { for name, role in aws_iam_role.this : name => role.name } == { api = "vestibule-dev-api", render = "vestibule-dev-render", sweep = "vestibule-dev-sweep" }
    error_message = "modules/buckets names these roles."
  }
}

run "nothing_is_traced_and_no_key_is_used_unless_asked_for" {
  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.every : [for statement in document.statement : statement.sid] == ["Log"]])
    error_message = "A permission is there that nothing needs."
  }
}

run "a_key_of_ones_own_may_be_used" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.every : contains([for statement in document.statement : statement.sid], "Encrypted")])
    error_message = "An encrypted bucket is of no use without the key."
  }
}

run "traces_may_be_sent_when_they_are_switched_on" {
  variables {
    xray = true
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.every : contains([for statement in document.statement : statement.sid], "Trace")])
    error_message = "A traced function that may not send its traces fails in silence."
  }
}
