variable "prefix" {
  description = "Begins every name, so that stages live side by side, for example \"vestibule-dev\"."
  type        = string
}

variable "domain_prefix" {
  description = "Begins the host of the hosted pages; must be unique in the region among all AWS accounts."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain_prefix)) && !can(regex("aws|amazon|cognito", var.domain_prefix))
    error_message = "domain_prefix must be 1 to 63 of a-z, 0-9 and inner hyphens, and may not contain aws, amazon or cognito."
  }
}

variable "self_sign_up" {
  description = "Whether people may make their own account; if not, only an administrator can."
  type        = bool
  default     = false
}

variable "password_auth" {
  description = "Whether the client may send a password in the clear inside TLS (USER_PASSWORD_AUTH); for tests only."
  type        = bool
  default     = false
}

variable "callback_urls" {
  description = "Where the hosted pages may send a signed-in user; with none, the client has no OAuth."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for url in var.callback_urls : can(regex("^(https://|http://localhost([:/]|$))", url))])
    error_message = "callback_urls must be https, or http://localhost."
  }
}

variable "logout_urls" {
  description = "Where the hosted pages may send a signed-out user."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for url in var.logout_urls : can(regex("^(https://|http://localhost([:/]|$))", url))])
    error_message = "logout_urls must be https, or http://localhost."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the pool, and with it every account."
  type        = bool
  default     = true
}
