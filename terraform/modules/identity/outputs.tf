output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}

output "user_pool_arn" {
  description = "ARN of the user pool, for the authorizer of the API."
  value       = aws_cognito_user_pool.this.arn
}

output "client_id" {
  description = "Id of the frontend's client: the `aud` of its ID tokens. It is public."
  value       = aws_cognito_user_pool_client.this.id
}

output "domain" {
  description = "Host of the hosted pages."
  value       = "${aws_cognito_user_pool_domain.this.domain}.auth.${local.region}.amazoncognito.com"
}

output "issuer" {
  description = "The `iss` of the pool's tokens; its keys are under `/.well-known/jwks.json`."
  value       = "https://${aws_cognito_user_pool.this.endpoint}"
}
