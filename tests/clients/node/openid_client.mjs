// The life of one token, as openid-client sees it: discovered, got, used, asked about, revoked.
import { readFileSync } from 'node:fs'
import * as client from 'openid-client'

const asked = JSON.parse(readFileSync(0, 'utf8'))

const methods = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
}

async function discover(secret) {
  return client.discovery(
    new URL(asked.issuer),
    asked.client_id,
    asked.metadata,
    methods[asked.method](secret),
    // The tests' server speaks http on loopback.
    { algorithm: asked.algorithm, execute: [client.allowInsecureRequests] },
  )
}

async function callApi(config, token) {
  try {
    const response = await client.fetchProtectedResource(
      config, token, new URL(asked.api_url), 'GET', null, new Headers(),
    )
    return response.status
  } catch (error) {
    return { status: error.status, challenges: error.cause.map(({ scheme, parameters }) => ({ scheme, ...parameters })) }
  }
}

async function guess() {
  try {
    await client.clientCredentialsGrant(await discover('guess'))
    return 'a token'
  } catch (error) {
    return { status: error.status, code: error.code }
  }
}

const config = await discover(asked.client_secret)
const { access_token: token, ...answer } = await client.clientCredentialsGrant(config, { scope: asked.scope })
const withToken = await callApi(config, token)
const introspected = await client.tokenIntrospection(config, token)
await client.tokenRevocation(config, token)

console.log(JSON.stringify({
  server: config.serverMetadata(),
  answer,
  with_token: withToken,
  introspected,
  after_revocation: await client.tokenIntrospection(config, token),
  with_revoked_token: await callApi(config, token),
  guessed_secret: await guess(),
}))
