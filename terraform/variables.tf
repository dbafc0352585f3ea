variable "stage" {
  description = "Name of the stage. Every name begins with vestibule-<stage>, so stages live side by side in one account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.stage))
    error_message = "A stage is 2 to 12 lower-case letters and digits, and begins with a letter."
  }
}

variable "region" {
  description = "AWS region to deploy to."
  type        = string
}

variable "allowed_origin" {
  description = "Origin of the frontend, like https://shop.example: the only one that browsers may call from. Null is the site's, by its site_domain."
  type        = string
  default     = null

  validation {
    condition     = var.allowed_origin == null || can(regex("^https?://[^/*]+$", var.allowed_origin))
    error_message = "An origin is a scheme and a host, without path and without wildcard."
  }

  validation {
    condition     = var.allowed_origin != null || (var.site && var.site_domain != null)
    error_message = "Without a site and its site_domain nobody knows the origin before it is there: set allowed_origin."
  }
}

variable "site" {
  description = "Whether the seller's page is deployed too. A stage whose frontend is another one needs it not."
  type        = bool
  default     = false
}

variable "site_domain" {
  description = "A domain of yours for the seller's page, with its certificate in us-east-1."
  type = object({
    name            = string
    certificate_arn = string
  })
  default = null
}

variable "protect" {
  description = "Whether table and user pool refuse to be deleted, and buckets that hold files refuse to be destroyed."
  type        = bool
  default     = true
}

variable "self_sign_up" {
  description = "Whether sellers may sign up by themselves."
  type        = bool
  default     = true
}

variable "password_auth" {
  description = "Whether the client may sign in with a plain password, for tests. SRP and the hosted pages need it not."
  type        = bool
  default     = false
}

variable "callback_urls" {
  description = "Where Cognito's hosted pages return to. Empty has no hosted sign-in."
  type        = list(string)
  default     = []
}

variable "logout_urls" {
  description = "Where Cognito's hosted pages return to after signing out."
  type        = list(string)
  default     = []
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

variable "alarm_email" {
  description = "Who is told of alarms. Null tells nobody; the topic is there all the same."
  type        = string
  default     = null
}

variable "api_domain" {
  description = "A domain of yours for the API, with its certificate in the stage's region."
  type = object({
    name            = string
    certificate_arn = string
  })
  default = null
}

variable "media_domain" {
  description = "A domain of yours for the CDN, with its certificate in us-east-1."
  type = object({
    name            = string
    certificate_arn = string
  })
  default = null
}

variable "waf_requests_per_5_minutes" {
  description = "Requests that one address may send in five minutes before it is blocked. Null has no firewall."
  type        = number
  default     = null
}

variable "kms_key_arn" {
  description = "Key that buckets and table are encrypted with. Null takes AWS's own."
  type        = string
  default     = null
}

variable "s3_addressing_style" {
  description = "How URLs name a bucket: virtual, or path for an emulator."
  type        = string
  default     = "virtual"
}
