// A client and an API, both of oauth4webapi: each answer is validated as strictly as it can.
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'

const asked = JSON.parse(readFileSync(0, 'utf8'))

// The tests' server speaks http on loopback.
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: asked.client_id, introspection_signed_response_alg: asked.signing_alg }
const authentication = oauth.ClientSecretBasic(asked.client_secret)

async function discover() {
  const issuer = new URL(asked.issuer)
  const response = await oauth.discoveryRequest(issuer, { algorithm: asked.algorithm, ...insecure })
  return oauth.processDiscoveryResponse(issuer, response)
}

async function getToken(server) {
  const parameters = { scope: asked.scope, resource: asked.audience }
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, insecure)
  return (await oauth.processClientCredentialsResponse(server, client, response)).access_token
}

async function introspect(server, token) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, insecure)
  const members = await oauth.processIntrospectionResponse(server, client, response)
  await oauth.validateApplicationLevelSignature(server, response, insecure)
  return members
}

async function validate(server, token, audience) {
  const request = new Request(asked.api_url, { headers: { authorization: `Bearer ${token}` } })
  try {
    return await oauth.validateJwtAccessToken(server, request, audience, insecure)
  } catch (error) {
    return { code: error.code }
  }
}

async function describeResource() {
  const resource = new URL(asked.audience)
  const response = await oauth.resourceDiscoveryRequest(resource, insecure)
  return oauth.processResourceDiscoveryResponse(resource, response)
}

function withSignatureOf(token, other) {
  return [...token.split('.').slice(0, 2), other.split('.')[2]].join('.')
}

const server = await discover()
const token = await getToken(server)
const another = await getToken(server)
const results = {
  resource: await describeResource(),
  claims: await validate(server, token, asked.audience),
  for_another_api: await validate(server, token, 'https://other.example'),
  with_another_signature: await validate(server, withSignatureOf(token, another), asked.audience),
  introspected: await introspect(server, token),
}
const response = await oauth.revocationRequest(server, client, authentication, token, insecure)
await oauth.processRevocationResponse(response)
results.after_revocation = await introspect(server, token)

console.log(JSON.stringify(results))
