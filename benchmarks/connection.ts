import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** One kept HTTP/1.1 connection, one request at a time: as little work as possible beside the server under test. */
export class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #received = '';
  #waiting: PromiseWithResolvers<Answered> | undefined;

  private constructor(socket: Socket, host: string, headers: string) {
    this.#socket = socket;
    this.#head = `Host: ${host}\r\n${headers}`;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
  }

  /** `headers`: further header lines, each with its line end. */
  static async open(url: string, headers = ''): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket, host, headers);
  }

  post(path: string, body: Buffer): Promise<Answered> {
    const head = `POST ${path} HTTP/1.1\r\n${this.#head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    return this.#send(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  }

  get(path: string): Promise<Answered> {
    return this.#send(Buffer.from(`GET ${path} HTTP/1.1\r\n${this.#head}\r\n`, 'latin1'));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(bytes: Buffer): Promise<Answered> {
    this.#waiting = Promise.withResolvers<Answered>();
    this.#socket.write(bytes);
    return this.#waiting.promise;
  }

  #hear(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, end + 2))?.[1] ?? '0');
    if (this.#received.length < end + 4 + length) return;
    const answered = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(end + 4) };
    this.#received = '';
    this.#waiting?.resolve(answered);
  }
}
