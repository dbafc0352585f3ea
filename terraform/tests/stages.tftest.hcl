# Stages live side by side in one account: no name of one is a name of the other.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = {
      arn        = "arn:aws:lambda:eu-central-1:123456789012:function:mock"
      invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn/invocations"
    }
  }
  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:mock" }
  }
  mock_resource "aws_api_gateway_stage" {
    defaults = { invoke_url = "https://mock.execute-api.eu-central-1.amazonaws.com/mock" }
  }
  mock_resource "aws_cognito_user_pool" {
    defaults = { id = "eu-central-1_Mock", arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:mock" }
  }
  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:distribution/MOCK" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mock" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:123456789012:rule/mock" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/mock" }
  }
}

variables {
  region         = "eu-central-1"
  allowed_origin = "https://shop.example"
}

run "prod" {
  variables {
    stage = "prod"
  }

  assert {
    condition     = local.prefix == "vestibule-prod" && output.table == "vestibule-prod"
    error_message = "Names begin with the stage's prefix."
  }

  assert {
    condition     = alltrue([for name in values(local.bucket_names) : startswith(name, "vestibule-prod-") && endswith(name, "-123456789012")])
    error_message = "Bucket names carry the stage and the account."
  }
}

run "dev" {
  variables {
    stage = "dev"
  }

  assert {
    condition     = length(setintersection(values(local.bucket_names), values(run.prod.buckets))) == 0 && output.table != run.prod.table
    error_message = "Two stages of one account may not share a name."
  }
}

run "functions_roles_and_alarms_are_of_one_prefix" {
  variables {
    stage = "dev"
  }

  assert {
    condition     = module.service.functions == { vestibule-dev-api = 29, vestibule-dev-render = 90, vestibule-dev-sweep = 900 }
    error_message = "Each function is watched, by its name and its timeout."
  }

  assert {
    condition     = keys(module.access.role_arns) == ["api", "render", "sweep"] && alltrue([for function, arn in local.role_arns : endswith(arn, ":role/vestibule-dev-${function}")])
    error_message = "Bucket policies name the roles as modules/access does."
  }

  assert {
    condition     = can(regex("^https://[^/]+$", output.media_url))
    error_message = "What the service is told of media ends without a slash."
  }
}

run "a_file_can_be_restored_for_a_day_at_least" {
  command = plan

  variables {
    stage         = "dev"
    recovery_days = 0
  }

  expect_failures = [var.recovery_days]
}

run "a_wildcard_is_no_origin" {
  command = plan

  variables {
    stage          = "dev"
    allowed_origin = "*"
  }

  expect_failures = [var.allowed_origin]
}

run "a_stage_is_a_short_word" {
  command = plan

  variables {
    stage = "Dev-1"
  }

  expect_failures = [var.stage]
}

run "the_sites_own_domain_is_the_origin_if_none_is_given" {
  variables {
    stage          = "dev"
    allowed_origin = null
    site           = true
    site_domain = {
      name            = "sell.shop.example"
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/example"
    }
  }

  assert {
    condition     = output.allowed_origin == "https://sell.shop.example" && output.site_url == output.allowed_origin
    error_message = "The page may not call the API: its origin is ${output.site_url}, allowed is ${output.allowed_origin}."
  }
}

run "an_origin_is_needed_where_the_site_has_no_domain" {
  command = plan

  variables {
    stage          = "dev"
    allowed_origin = null
    site           = true
  }

  expect_failures = [var.allowed_origin]
}

run "a_stage_without_the_site" {
  variables {
    stage = "dev"
  }

  assert {
    condition     = output.site_url == null && output.site_bucket == null && output.site_distribution_id == null
    error_message = "The site is there all the same."
  }
}
