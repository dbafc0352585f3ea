mock_provider "aws" {}

variables {
  name = "t"
}

run "the_table_is_kept_safe" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled && aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "Protected against deletion, and recoverable."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.this.on_demand_throughput[0].max_write_request_units == 2000
    error_message = "On demand, with a ceiling."
  }
}
