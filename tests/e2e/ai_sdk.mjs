// The AI SDK by one of its providers, on each of some models: a tool loop whole, a tool loop streamed, and an object out of a
// picture. Prints what came of it, a JSON object by model.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const { base, key, provider, models } = JSON.parse(process.env.ASKED);
const common = { baseURL: `${base}/v1`, apiKey: key };
const openai = createOpenAI(common);
const providers = {
  anthropic: createAnthropic(common),
  "openai responses": openai.responses,
  "openai chat": openai.chat,
  "openai-compatible": createOpenAICompatible({
    ...common, name: "pxbin", includeUsage: true, supportsStructuredOutputs: true,
  }),
  google: createGoogleGenerativeAI({ ...common, baseURL: `${base}/v1beta` }),
};
const providerOptions = {
  anthropic: { thinking: { type: "enabled", budgetTokens: 2048 }, structuredOutputMode: "outputFormat" },
  openai: {
    forceReasoning: true, reasoningEffort: "medium", reasoningSummary: "auto", store: false,
    include: ["reasoning.encrypted_content"],
  },
  google: { thinkingConfig: { includeThoughts: true, thinkingLevel: "high" } },
};
const weather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ weather: `rain in ${city}` }),
});
const PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function outcome(result) {
  const steps = await result.steps;
  return {
    text: await result.text,
    reasoning: steps.map((step) => step.reasoningText ?? "").join(""),
    results: steps.flatMap((step) => step.toolResults.map(({ output }) => output.weather)),
    usage: steps.map(({ usage }) => [usage.inputTokens, usage.outputTokens]),
    finish: await result.finishReason,
  };
}

async function trial(name) {
  const asked = { model: providers[provider](name), providerOptions, maxRetries: 0, maxOutputTokens: 8000 };
  const loop = { ...asked, prompt: "The weather in Oslo and Rome?", tools: { weather }, stopWhen: stepCountIs(3) };
  const whole = await outcome(await generateText(loop));
  const streaming = streamText({ ...loop, onError: ({ error }) => console.error(name, error) });
  await streaming.consumeStream();
  const streamed = await outcome(streaming);
  const { output } = await generateText({
    ...asked,
    messages: [{
      role: "user",
      content: [{ type: "text", text: "What is it?" }, { type: "image", image: PICTURE, mediaType: "image/png" }],
    }],
    output: Output.object({ schema: z.object({ animal: z.string() }) }),
  });
  return { whole, streamed, output };
}

const told = {};
for (const name of models) told[name] = await trial(name);
console.log(JSON.stringify(told));
