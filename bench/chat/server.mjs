// The peer of `cargo xtask bench chat`: Node's Socket.IO server with the events that the bench uses. It stores nothing.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Server } = createRequire(join(process.env.TESTS, "package.json"))("socket.io");
const server = createServer();
const io = new Server(server, { perMessageDeflate: false });
let seq = 0;
io.on("connection", (socket) => {
  socket.on("join_conversation", ({ conversationId }, ack) => {
    socket.join(`c${conversationId}`);
    ack({ ok: true, messages: [] });
  });
  socket.on("send_message", ({ conversationId, content }, ack) => {
    const message = { id: (seq += 1), conversationId, content, createdAt: new Date().toISOString() };
    io.to(`c${conversationId}`).emit("new_message", message);
    ack({ ok: true, message });
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
