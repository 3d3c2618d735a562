import { startChat } from './start-chat.ts';

const { url, modelUrl } = await startChat({ PORT: '3000', ...process.env });
console.log(`Chat at ${url}, models at ${modelUrl}`);
