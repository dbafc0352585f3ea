// Uppy Companion as its documentation sets it up, with nothing but S3 to offer: what the service is measured beside.
// The environment names the port, the emulator, the bucket and the folder; it listens on loopback only.
import { createServer } from "node:http"
import { app as companion } from "@uppy/companion"
import express from "express"
import session from "express-session"

const { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_REGION, AWS_SECRET_ACCESS_KEY, BUCKET, FOLDER, PORT } = process.env

const app = express()
app.get("/health", (_, response) => response.end())
app.use(express.json())
// A session is made where one is used, which uploads to S3 do not: this is the least that it can cost.
app.use(session({ secret: "of no use here", resave: false, saveUninitialized: false }))
app.use(
  companion({
    server: { host: `127.0.0.1:${PORT}`, protocol: "http" },
    filePath: FOLDER,
    secret: "of no use here either",
    corsOrigins: ["https://shop.example"],
    uploadUrls: ["https://shop.example"],
    providerOptions: {},
    s3: {
      key: AWS_ACCESS_KEY_ID,
      secret: AWS_SECRET_ACCESS_KEY,
      endpoint: AWS_ENDPOINT_URL,
      region: AWS_REGION,
      bucket: BUCKET,
      forcePathStyle: true,
    },
  }).app,
)

// Connections rest while others are measured: Node.js would close them after five seconds.
createServer({ keepAliveTimeout: 600_000 }, app).listen(Number(PORT), "127.0.0.1")
