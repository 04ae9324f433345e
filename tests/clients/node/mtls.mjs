// Two libraries prove themselves by a TLS certificate, and use the token that is bound to it.
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { Agent, fetch } from 'undici'

const asked = JSON.parse(readFileSync(0, 'utf8'))
const issuer = new URL(asked.issuer)
const api = new URL(`${asked.issuer}/api/orders/`)

// node's own fetch shows no certificate.
function fetchWith({ certificate, key } = {}) {
  const dispatcher = new Agent({ connect: { ca: asked.authority, cert: certificate, key } })
  return (url, options) => fetch(url, { ...options, dispatcher })
}

const { mine, other } = asked
const connections = { mine: fetchWith(mine), other: fetchWith(other), none: fetchWith() }

async function withOpenidClient() {
  const config = await openid.discovery(issuer, asked.client_id, undefined, openid.TlsClientAuth(), {
    algorithm: 'oauth2', [openid.customFetch]: connections.mine,
  })
  const { access_token: token, ...answer } = await openid.clientCredentialsGrant(config)
  const call = async (connection) => {
    config[openid.customFetch] = connection
    return openid.fetchProtectedResource(config, token, api, 'GET')
      .then((response) => response.status, (error) => error.status)
  }
  const ask = async (connection) => {
    config[openid.customFetch] = connection
    return openid.clientCredentialsGrant(config).then(() => 'a token', (error) => error.status)
  }
  return { server: config.serverMetadata(), answer, call, ask }
}

async function withOauth4webapi() {
  const by = (connection) => ({ [oauth.customFetch]: connection })
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...by(connections.mine) })
  const server = await oauth.processDiscoveryResponse(issuer, discovered)
  const client = { client_id: asked.client_id }
  const grant = async (connection) => oauth.processClientCredentialsResponse(server, client,
    await oauth.clientCredentialsGrantRequest(server, client, oauth.TlsClientAuth(), new URLSearchParams(), by(connection)))
  const { access_token: token, ...answer } = await grant(connections.mine)
  const call = (connection) => oauth.protectedResourceRequest(token, 'GET', api, new Headers(), null, by(connection))
    .then((response) => response.status, (error) => error.status)
  const ask = (connection) => grant(connection).then(() => 'a token', (error) => error.status)
  return { server, answer, call, ask }
}

async function each(answer) {
  const results = {}
  for (const [name, connection] of Object.entries(connections)) results[name] = await answer(connection)
  return results
}

async function results({ server, answer, call, ask }) {
  return {
    bound: server.tls_client_certificate_bound_access_tokens,
    answer,
    statuses: await each(call),
    asked_again: await each(ask),
  }
}

console.log(JSON.stringify({
  openid_client: await results(await withOpenidClient()),
  oauth4webapi: await results(await withOauth4webapi()),
}))
