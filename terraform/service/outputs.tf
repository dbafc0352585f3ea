output "url" {
  description = "Base URL of the API."
  value       = var.domain_name == null ? aws_api_gateway_stage.this.invoke_url : "https://${var.domain_name}"
}

output "rest_api_id" {
  description = "Id of the API."
  value       = aws_api_gateway_rest_api.rest_api.id
}

output "functions" {
  description = "Names of the functions, with their timeouts in seconds."
  value = { for function in [aws_lambda_function.api_handler, aws_lambda_function.render, aws_lambda_function.sweep] :
  function.function_name => function.timeout }
}

output "sweep_function" {
  description = "Name of the function that sweeps."
  value       = aws_lambda_function.sweep.function_name
}

output "domain_target" {
  description = "What a DNS alias of the domain points at, if there is one."
  value       = one(aws_api_gateway_domain_name.this[*].regional_domain_name)
}
