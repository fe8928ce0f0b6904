/** Starts containers, says so, and waits to be killed. */
import { Engine } from 'tsrun';

const engine = new Engine();
const box = await engine.run({ image: 'busybox', command: ['sh', '-c', 'trap "" TERM INT HUP; while :; do sleep 1; done'] });
await engine.run({ image: 'busybox', command: ['sleep', '1000'], ports: [{ container: 80 }], limits: { memory: 64 << 20 } });
await box.spawn(['sleep', '1000']);
console.log('started');
setInterval(() => {}, 1000);
