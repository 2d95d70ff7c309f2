// How target 1 fails, and how it is asked: run.mjs configures a provider for each combination.
export const FAILURES = [
  { name: 'refuse', fault: { fault: 'refuse' } },
  { name: 'black_hole', fault: { fault: 'black_hole' } },
  { name: 'status_429', fault: { fault: 'status', status: 429 } },
  { name: 'status_429_hint', fault: { fault: 'status', status: 429, retry_after_s: 30 } },
  { name: 'status_500', fault: { fault: 'status', status: 500 } },
  { name: 'status_529', fault: { fault: 'status', status: 529 } },
  { name: 'error_in_200', fault: { fault: 'error_in_200' } },
  { name: 'empty', fault: { fault: 'empty' } },
  { name: 'garbage', fault: { fault: 'garbage' } },
  { name: 'html', fault: { fault: 'html' } },
  { name: 'reset', fault: { fault: 'reset' } },
  { name: 'cut_fin', fault: { fault: 'cut_fin', after_events: 1 } },
  { name: 'cut_rst', fault: { fault: 'cut_rst', after_events: 0 } },
];
export const KINDS = ['openai', 'openai-stream', 'anthropic', 'anthropic-stream'];
