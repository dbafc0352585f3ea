import { signal } from "@preact/signals";
import { Amplify, fetchAuthSession, sharedInMemoryStorage } from "@aws-amplify/core";
import {
  cognitoUserPoolsTokenProvider,
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
} from "@aws-amplify/auth/cognito";
import { VestibuleError } from "../vestibule.js";
import type { Config } from "./config.ts";

/** What Cognito wants next of who signs in. */
export type Step =
  | { ask: "password" }
  | { ask: "code" }
  | { ask: "new-password" }
  | { ask: "totp" }
  | { ask: "forgot" }
  | { ask: "reset" }
  | { ask: "nothing" }
  /** A way to sign in that this page does not know. */
  | { ask: "unknown"; name: string };

/** The signed-in person's e-mail; undefined while nobody is. */
export const person = signal<string>();

const ENDED = "vestibule:session-ended";

/** Tokens stay in memory: after a reload one signs in again, and nothing that could be stolen lies in the browser. */
export function configure(config: Config): void {
  const pool = {
    userPoolId: config.user_pool_id,
    userPoolClientId: config.user_pool_client_id,
    ...(config.cognito_endpoint && { userPoolEndpoint: config.cognito_endpoint }),
  };
  cognitoUserPoolsTokenProvider.setKeyValueStorage(sharedInMemoryStorage);
  cognitoUserPoolsTokenProvider.setAuthConfig({ Cognito: pool });
  Amplify.configure({ Auth: { Cognito: pool } }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

/** By SRP: the password never leaves the browser. */
export async function begin(email: string, password: string): Promise<Step> {
  const { isSignedIn, nextStep } = await signIn({ username: email, password });
  return isSignedIn ? welcome() : stepOf(nextStep.signInStep, email);
}

/** Answer what Cognito asked for: a new password, or the code of an authenticator app. */
export async function answer(challenge: string): Promise<Step> {
  const { isSignedIn, nextStep } = await confirmSignIn({ challengeResponse: challenge });
  return isSignedIn ? welcome() : stepOf(nextStep.signInStep);
}

export async function create(email: string, password: string): Promise<Step> {
  const { isSignUpComplete } = await signUp({ username: email, password, options: { userAttributes: { email } } });
  return isSignUpComplete ? begin(email, password) : { ask: "code" };
}

export async function confirmEmail(email: string, code: string, password: string): Promise<Step> {
  await confirmSignUp({ username: email, confirmationCode: code });
  return begin(email, password);
}

export async function sendCodeAgain(email: string): Promise<void> {
  await resendSignUpCode({ username: email });
}

export async function forgot(email: string): Promise<Step> {
  await resetPassword({ username: email });
  return { ask: "reset" };
}

export async function reset(email: string, code: string, password: string): Promise<Step> {
  await confirmResetPassword({ username: email, confirmationCode: code, newPassword: password });
  return begin(email, password);
}

/** The page is loaded anew, so that nothing of this person stays in memory. What was being sent can be resumed. */
export async function leave(): Promise<void> {
  await signOut().catch(() => {}); // offline, the refresh token cannot be revoked; it is forgotten all the same
  location.hash = "";
  location.reload();
}

/** Whether the last session ended by itself; told once. */
export function hasEnded(): boolean {
  const ended = sessionStorage.getItem(ENDED) !== null;
  sessionStorage.removeItem(ENDED);
  return ended;
}

/** The ID token, for each call of the API; Cognito is asked for another one before it expires, or if it was refused. */
export async function idToken({ refresh }: { refresh: boolean }): Promise<string> {
  const { tokens } = await fetchAuthSession({ forceRefresh: refresh }).catch((error: unknown) => {
    if (!isNetworkError(error)) return { tokens: undefined };
    throw new VestibuleError("network", "The sign-in service does not answer.", { retryable: true, cause: error });
  });
  if (tokens?.idToken) return tokens.idToken.toString();
  if (person.value !== undefined) {
    sessionStorage.setItem(ENDED, "1");
    location.reload();
  }
  throw new VestibuleError("unauthenticated", "Your session has ended.");
}

async function welcome(): Promise<Step> {
  const { tokens } = await fetchAuthSession();
  person.value = String(tokens?.idToken?.payload["email"] ?? "");
  return { ask: "nothing" };
}

async function stepOf(name: string, email?: string): Promise<Step> {
  switch (name) {
    case "CONFIRM_SIGN_UP":
      if (email !== undefined) await sendCodeAgain(email);
      return { ask: "code" };
    case "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED":
      return { ask: "new-password" };
    case "CONFIRM_SIGN_IN_WITH_TOTP_CODE":
      return { ask: "totp" };
    case "RESET_PASSWORD":
      return email === undefined ? { ask: "password" } : forgot(email);
    default:
      return { ask: "unknown", name };
  }
}

const isNetworkError = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Error && error.name === "NetworkError");

/** Cognito's refusals, by its names (Amplify passes them on as the error's name). */
const SENTENCES: Record<string, string> = {
  CodeMismatchException: "That is not the code we sent. Look at the newest e-mail, and type it again.",
  EnableSoftwareTokenMFAException: "That code is not the one your app shows now. Type the next one.",
  ExpiredCodeException: "The code is too old, or not the right one. Ask for another.",
  InvalidPasswordException:
    "The password is too simple: at least 12 characters, with upper and lower case, a digit and a symbol.",
  LimitExceededException: "Too many attempts. Wait some minutes, and try again.",
  NetworkError: "The sign-in service does not answer. Check your connection, and try again.",
  NotAuthorizedException: "E-mail and password do not belong together. Check both, and try again.",
  TooManyRequestsException: "Too many attempts. Wait some minutes, and try again.",
  UserNotFoundException: "E-mail and password do not belong together. Check both, and try again.",
  UsernameExistsException: "There is an account with this e-mail already. Sign in, or reset your password.",
};

export function refusal(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isNetworkError(error)) return SENTENCES["NetworkError"] ?? "";
  return SENTENCES[error.name] ?? error.message;
}
