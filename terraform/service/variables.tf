# The inputs of the packaged service. Most are named in .chalice/config.json, as expressions that Chalice passes on.

variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "api_stage" {
  description = "Name of the API's stage: the first step of its path."
  type        = string
}

variable "api_role_arn" {
  description = "ARN of the API function's role."
  type        = string
}

variable "table" {
  description = "Name of the table."
  type        = string
}

variable "staging_bucket" {
  description = "Name of the staging bucket."
  type        = string
}

variable "vault_bucket" {
  description = "Name of the vault bucket."
  type        = string
}

variable "user_pool_arn" {
  description = "ARN of the user pool whose tokens are taken."
  type        = string
}

variable "user_pool_client_id" {
  description = "Id of the pool's client whose ID tokens are taken."
  type        = string
}

variable "allowed_origin" {
  description = "The one origin that browsers may call from."
  type        = string
}

variable "s3_addressing_style" {
  description = "How URLs name a bucket: virtual, or path for an emulator."
  type        = string
  default     = "virtual"
}

variable "quota_bytes" {
  description = "Bytes that a seller's files may take."
  type        = number
  default     = 1099511627776
}

variable "max_deliverable_bytes" {
  description = "Bytes of the largest deliverable."
  type        = number
  default     = 5497558138880
}

variable "recovery_days" {
  description = "Days for which a deleted or replaced file can be restored."
  type        = number
  default     = 30
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30
}

variable "throttling_rate" {
  description = "Requests per second that the API takes from all callers together."
  type        = number
  default     = 200
}

variable "throttling_burst" {
  description = "Requests that may come at once beyond the rate."
  type        = number
  default     = 400
}

variable "access_logs" {
  description = "Whether the API writes access logs. The account needs a logging role for API Gateway: docs/operations.md."
  type        = bool
  default     = false
}

variable "domain_name" {
  description = "A domain of yours for the API. Null keeps API Gateway's own address."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "Certificate for the domain, in the stage's region."
  type        = string
  default     = null
}

variable "waf_requests_per_5_minutes" {
  description = "Requests that one address may send in five minutes before it is blocked. Null has no firewall."
  type        = number
  default     = null
}
