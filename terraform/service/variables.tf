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

variable "render_role_arn" {
  description = "ARN of the role of the function that renders images."
  type        = string
}

variable "sweep_role_arn" {
  description = "ARN of the sweep's role."
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

variable "media_bucket" {
  description = "Name of the media bucket."
  type        = string
}

variable "media_url" {
  description = "Base URL of what is in the media bucket, without a slash at the end."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.media_url))
    error_message = "The base URL of media is https and a host, without a slash at the end."
  }
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

  validation {
    condition     = var.recovery_days >= 1 && floor(var.recovery_days) == var.recovery_days
    error_message = "A file can be restored for one day at least, and for whole days."
  }
}

variable "render_avif" {
  description = "Whether images are rendered as AVIF too: smaller, and several times the work."
  type        = bool
  default     = false
}

variable "sweep_report_only" {
  description = "Whether the sweep only tells what it would delete."
  type        = bool
  default     = false
}

variable "sweep_max_deletions" {
  description = "What the sweep may delete in one run; the next one goes on."
  type        = number
  default     = 10000
}

variable "sweep_monthly_in_full" {
  description = "Whether the sweep looks at all that is stored once a month, and not at what is new only."
  type        = bool
  default     = false
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

variable "xray" {
  description = "Whether X-Ray traces the API and the functions. It costs by the trace."
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
