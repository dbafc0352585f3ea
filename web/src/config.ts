/** Which stack the page belongs to: `config.json` beside it, written from the stack's outputs when it is deployed. */
export interface Config {
  api_url: string;
  region: string;
  user_pool_id: string;
  user_pool_client_id: string;
  /** Where Cognito is, if not in AWS. */
  cognito_endpoint?: string;
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-cache", credentials: "omit" });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}
