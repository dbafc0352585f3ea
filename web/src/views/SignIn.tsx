import { useId, useState } from "preact/hooks";
import {
  answer,
  begin,
  confirmEmail,
  create,
  forgot,
  hasEnded,
  refusal,
  reset,
  sendCodeAgain,
  type Step,
} from "../session.ts";

import { useHeading } from "./heading.ts";

type Place = Exclude<Step["ask"], "nothing"> | "create";

const ended = hasEnded();

/** All there is before one is signed in: a form that changes with what Cognito asks for next. */
export function SignIn() {
  const [place, setPlace] = useState<Place>("password");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [said, setSaid] = useState<{ text: string; tone: "error" | "info" } | undefined>(
    ended
      ? { text: "Your session has ended. Sign in again: what you were uploading can go on.", tone: "info" }
      : undefined,
  );
  const [busy, setBusy] = useState(false);

  const move = (to: Place) => {
    setPlace(to);
    setSaid(undefined);
    setCode("");
  };
  const attempt = async (work: () => Promise<Step>) => {
    setBusy(true);
    setSaid(undefined);
    try {
      const step = await work();
      if (step.ask === "nothing") return; // the products are shown now
      move(step.ask);
      if (step.ask === "unknown")
        setSaid({ text: `This page cannot do what your account asks for: ${step.name}.`, tone: "error" });
    } catch (error) {
      setSaid({ text: refusal(error), tone: "error" });
    } finally {
      setBusy(false);
    }
  };
  const again = () =>
    void attempt(async () => {
      await (place === "reset" ? forgot(email) : sendCodeAgain(email));
      return { ask: place === "reset" ? "reset" : "code" };
    }).then(() => setSaid((said) => said ?? { text: `A new code is on its way to ${email}.`, tone: "info" }));

  const form = FORMS[place];
  useHeading(form.title);
  const values = { email, password, code };
  return (
    <main class="middle">
      <p class="brand">
        <img src="/favicon.svg" alt="" width="36" height="36" /> Vestibule
      </p>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => form.submit(values));
        }}
      >
        <h1>{form.title}</h1>
        {form.hint && <p>{form.hint(email)}</p>}
        {form.fields.includes("email") && (
          <Field label="Email" type="email" autocomplete="username" value={email} onValue={setEmail} />
        )}
        {form.fields.includes("code") && (
          <Field label="Code" inputMode="numeric" autocomplete="one-time-code" value={code} onValue={setCode} />
        )}
        {form.fields.includes("password") && (
          <Field
            label="Password"
            type="password"
            autocomplete="current-password"
            value={password}
            onValue={setPassword}
          />
        )}
        {form.fields.includes("new-password") && (
          <Field
            label="Password"
            type="password"
            autocomplete="new-password"
            hint="At least 12 characters, with upper and lower case, a digit and a symbol."
            value={password}
            onValue={setPassword}
          />
        )}
        {said && (
          <p class={said.tone} role={said.tone === "error" ? "alert" : "status"}>
            {said.text}
          </p>
        )}
        <button class="primary" disabled={busy}>
          {form.yes}
        </button>
        <div class="others">
          {(place === "code" || place === "reset") && (
            <button type="button" class="link" onClick={again}>
              Send another code
            </button>
          )}
          {place === "password" ? (
            <>
              <button type="button" class="link" onClick={() => move("create")}>
                Create an account
              </button>
              <button type="button" class="link" onClick={() => move("forgot")}>
                Forgot your password?
              </button>
            </>
          ) : (
            <button type="button" class="link" onClick={() => move("password")}>
              Back to sign in
            </button>
          )}
        </div>
      </form>
    </main>
  );
}

interface Values {
  email: string;
  password: string;
  code: string;
}

interface Form {
  title: string;
  hint?: (email: string) => string;
  fields: ("email" | "password" | "new-password" | "code")[];
  yes: string;
  submit: (values: Values) => Promise<Step>;
}

const FORMS: Record<Place, Form> = {
  password: {
    title: "Sign in",
    fields: ["email", "password"],
    yes: "Sign in",
    submit: ({ email, password }) => begin(email, password),
  },
  create: {
    title: "Create an account",
    fields: ["email", "new-password"],
    yes: "Create account",
    submit: ({ email, password }) => create(email, password),
  },
  code: {
    title: "Confirm your email",
    hint: (email) => `We have sent a code to ${email}.`,
    fields: ["code"],
    yes: "Confirm",
    submit: ({ email, code, password }) => confirmEmail(email, code.trim(), password),
  },
  forgot: {
    title: "Reset your password",
    hint: () => "We send you a code by e-mail.",
    fields: ["email"],
    yes: "Send the code",
    submit: ({ email }) => forgot(email),
  },
  reset: {
    title: "Choose a new password",
    hint: (email) => `If ${email} has an account, a code is on its way to it.`,
    fields: ["code", "new-password"],
    yes: "Save and sign in",
    submit: ({ email, code, password }) => reset(email, code.trim(), password),
  },
  "new-password": {
    title: "Choose a new password",
    hint: () => "The one you were given is good for once only.",
    fields: ["new-password"],
    yes: "Save and sign in",
    submit: ({ password }) => answer(password),
  },
  totp: {
    title: "Type the code of your app",
    hint: () => "Your authenticator app shows a new one every 30 seconds.",
    fields: ["code"],
    yes: "Sign in",
    submit: ({ code }) => answer(code.trim()),
  },
  unknown: { title: "Sign in", fields: [], yes: "Start again", submit: () => Promise.resolve({ ask: "password" }) },
};

interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  autocomplete: string;
  type?: string;
  inputMode?: "numeric";
  hint?: string;
}

function Field({ label, onValue, hint, ...input }: FieldProps) {
  const about = useId();
  const described = hint === undefined ? {} : { "aria-describedby": about };
  return (
    <div class="field">
      <label>
        {label}
        <input required {...input} {...described} onInput={({ currentTarget }) => onValue(currentTarget.value)} />
      </label>
      {hint && <small id={about}>{hint}</small>}
    </div>
  );
}
